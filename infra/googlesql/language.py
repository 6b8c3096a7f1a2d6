"""BigQuery's dialect of GoogleSQL, as the switches of the analyser."""

from __future__ import annotations

from typing import Any

from infra.googlesql import door
from infra.googlesql.service import Service

# What open-source GoogleSQL can do and BigQuery's documentation does not have, or has otherwise. Everything that is
# neither here nor in development is on.
_NOT_IN_BIGQUERY = """
TIMESTAMP_NANOS TIMESTAMP_PICOS TIMESTAMP_PRECISION TIMESTAMP_PRECISION_ANNOTATION
ARRAY_EQUALITY ARRAY_ORDERING ARRAY_GREATEST_LEAST ARRAY_FIND_FUNCTIONS ARRAY_AGGREGATION_FUNCTIONS FIRST_AND_LAST_N
INLINE_LAMBDA_ARGUMENT SAFE_FUNCTION_CALL_WITH_LAMBDA_ARGS UNNEST_AND_FLATTEN_ARRAYS MULTIWAY_UNNEST LATERAL_JOIN
AGGREGATE_FILTERING MULTILEVEL_AGGREGATION MULTILEVEL_AGGREGATION_ON_UDAS WITH_GROUP_ROWS
DML_RETURNING INSERT_ON_CONFLICT_CLAUSE FOR_UPDATE OMIT_INSERT_COLUMN_LIST
LIMIT_OFFSET_EXPRESSIONS LIMIT_ALL STRUCT_POSITIONAL_ACCESSOR STRUCT_BRACED_CONSTRUCTORS BRACED_PROTO_CONSTRUCTORS
JSON_TYPE_COMPARISON UUID_TYPE MAP_TYPE NULLIFZERO_ZEROIFNULL PI_FUNCTIONS TYPEOF_FUNCTION
ADDITIONAL_DATE_TIME_FUNCTIONS ALIASES_FOR_STRING_AND_DATE_FUNCTIONS PROCEDURES_IN_MODULES VIEWS_IN_MODULES
EXPERIMENTAL_MODULES LATERAL_COLUMN_REFERENCES ROW_TYPE
"""
_SYSTEM_VARIABLES = {
    "row_count": "TYPE_INT64",
    "time_zone": "TYPE_STRING",
    "dataset_id": "TYPE_STRING",
    "project_id": "TYPE_STRING",
    "transaction_id": "TYPE_STRING",
    "error.message": "TYPE_STRING",
    "error.statement_text": "TYPE_STRING",
    "error.formatted_stack_trace": "TYPE_STRING",
    "script.job_id": "TYPE_STRING",
    "script.num_child_jobs": "TYPE_INT64",
}


def language_options(service: Service) -> Any:
    """BigQuery's language: every statement kind, no type that only Google's own products have."""
    request = door.service.LanguageOptionsRequest(maximum_features=True)
    options = service.call("GetLanguageOptions", request, door.options.LanguageOptionsProto)
    options.product_mode = door.language.PRODUCT_EXTERNAL
    numbers = door.language.LanguageFeature.DESCRIPTOR.values_by_name
    unwanted = {numbers[f"FEATURE_{name}"].number for name in _NOT_IN_BIGQUERY.split()}
    kept = [feature for feature in options.enabled_language_features if feature not in unwanted]
    options.ClearField("enabled_language_features")
    options.enabled_language_features.extend(kept)
    options.ClearField("supported_statement_kinds")
    kinds = door.nodes.ResolvedNodeKind.items()
    options.supported_statement_kinds.extend(number for name, number in kinds if name.endswith("_STMT"))
    return options


def analyzer_options(language: Any) -> Any:
    """How texts are analysed: one-line messages, UTC as BigQuery's default zone, unknown @parameters refused."""
    options = door.options.AnalyzerOptionsProto(
        language_options=language,
        default_timezone="UTC",
        allow_undeclared_parameters=False,
        error_message_mode=door.language.ERROR_MESSAGE_ONE_LINE,
        preserve_column_aliases=True,
        prune_unused_columns=False,
    )
    for path, kind in _SYSTEM_VARIABLES.items():
        variable = options.system_variables.add()
        variable.name_path.extend(path.split("."))
        variable.type.type_kind = getattr(door.types, kind)
    return options
