"""Decisions of the addon as plain functions: no Odoo, no clock, no wording."""
