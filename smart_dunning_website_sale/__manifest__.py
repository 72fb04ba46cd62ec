{
    'name': "Smart Dunning: eCommerce",
    'summary': "Held customers pay online in the shop, and read why before they order",
    'version': '19.0.2.0.0',
    'category': 'Accounting/Accounting',
    'author': "smart_dunning maintainers",
    'license': 'LGPL-3',
    'depends': ['smart_dunning', 'website_sale'],
    'data': ['views/website_sale_templates.xml'],
    'assets': {
        'web.assets_tests': ['smart_dunning_website_sale/static/tests/tours/**/*'],
    },
    'auto_install': True,
    'installable': True,
}
