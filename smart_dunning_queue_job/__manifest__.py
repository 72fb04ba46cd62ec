{
    'name': "Smart Dunning: Job Queue",
    'summary': "Sending, nightly runs, exports and imports as jobs on any number of servers",
    'version': '19.0.2.0.0',
    'category': 'Accounting/Accounting',
    'author': "smart_dunning maintainers",
    'license': 'LGPL-3',
    'depends': ['smart_dunning', 'queue_job'],
    'data': [
        'security/ir.model.access.csv',
        'security/dunning_task_rules.xml',
        'data/queue_job_functions.xml',
        'views/dunning_run_views.xml',
        'views/dunning_task_views.xml',
    ],
    'auto_install': True,
    'installable': True,
}
