"""Files that are read a row at a time, and read again, so that none is ever held whole."""
