"""The ground smart_dunning stands on: Odoo 19, its Python, a PostgreSQL server and databases.

Only Python's standard library is used, because the first thing these modules do is
put together the environment in which anything else could be imported.
"""
