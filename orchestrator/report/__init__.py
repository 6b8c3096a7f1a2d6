"""What people read: views of typed values. Nothing here asks a warehouse or computes a figure."""
