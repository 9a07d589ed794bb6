"""Clinical data as Apache Iceberg tables: every version of every resource, and views of them."""
