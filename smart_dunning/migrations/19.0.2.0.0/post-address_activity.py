def migrate(cr, version):
    """Missing addresses are asked for once per run; what was asked before stays to be answered."""
    cr.execute("""
        UPDATE mail_activity_type SET res_model = 'dunning.run'
          FROM ir_model_data data
         WHERE data.module = 'smart_dunning' AND data.name = 'mail_activity_dunning_address'
           AND data.res_id = mail_activity_type.id
           AND mail_activity_type.res_model = 'dunning.letter'
    """)
