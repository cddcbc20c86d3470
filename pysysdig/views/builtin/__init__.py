"""csysdig's views, one file each: data only."""
