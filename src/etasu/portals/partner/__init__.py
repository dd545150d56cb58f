"""Care partners: what people share with them, slice by slice, with an account of their own."""
