"""What stands behind `pysysdig.chisel`: arguments, rows and batches, tables, finding chisels and running them."""
