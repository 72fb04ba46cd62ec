{
    'name': "Smart Dunning: Point of Sale",
    'summary': "Buying on account in the shop asks the same question as an order",
    'version': '19.0.2.0.0',
    'category': 'Accounting/Accounting',
    'author': "smart_dunning maintainers",
    'license': 'LGPL-3',
    'depends': ['smart_dunning', 'point_of_sale', 'pos_sale'],
    'data': ['views/dunning_release_views.xml'],
    'assets': {
        'point_of_sale._assets_pos': ['smart_dunning_pos/static/src/app/**/*'],
        'web.assets_tests': ['smart_dunning_pos/static/tests/tours/**/*'],
    },
    'post_init_hook': '_note_settled_orders',
    # Where the app Sales is not, it comes along: without this, a hold would stop sales at tills.
    'auto_install': ['smart_dunning', 'point_of_sale'],
    'installable': True,
}
