"""`python -m infra.local.provider`: what terraform starts as terraform-provider-google."""

import sys

from infra.local.provider.server import serve

sys.exit(serve())
