"""A living demo: two German companies whose unpaid invoices were dunned night by night."""
