"""Asked as a hospital would ask, from recorded rows or resources, inside this process."""
