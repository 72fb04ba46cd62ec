def open_dialog(env, model, title, partner, company, currency, **values):
    """Return the action that opens the dialog to record something about a customer.

    :param model: one with a view `…_view_form_dialog`
    :param values: what else the dialog begins with, by field
    """
    view = env.ref(f"smart_dunning.{model.replace('.', '_')}_view_form_dialog")
    values = {'partner_id': partner.id, 'company_id': company.id, 'currency_id': currency.id,
              **values}
    return {
        'type': 'ir.actions.act_window', 'name': title, 'res_model': model,
        'view_mode': 'form', 'views': [(view.id, 'form')], 'target': 'new',
        'context': {f'default_{name}': value for name, value in values.items()},
    }
