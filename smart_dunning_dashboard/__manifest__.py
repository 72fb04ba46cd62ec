{
    'name': "Smart Dunning: Dashboard",
    'summary': "The receivables among the dashboards of Odoo",
    'version': '19.0.2.0.0',
    'category': 'Accounting/Accounting',
    'author': "smart_dunning maintainers",
    'license': 'LGPL-3',
    'depends': ['smart_dunning', 'spreadsheet_dashboard'],
    'data': ['data/dashboards.xml'],
    'auto_install': True,
    'installable': True,
}
