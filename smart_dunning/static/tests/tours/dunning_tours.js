import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const row = (field, customer) =>
    `.o_field_widget[name=${field}] .o_data_row:contains("${customer}")`;

tours.add("dunning_clerk_run", {
    url: "/odoo/dunning-runs",
    steps: () => [
        { content: "Start a run", trigger: ".o_list_button_add", run: "click" },
        { content: "Plan it", trigger: "button[name=action_plan]", run: "click" },
        { trigger: ".o_arrow_button_current:contains('Planned')" },
        { content: "Everybody who owes is there", trigger: row("letter_ids", "Anna Adler") },
        { trigger: row("letter_ids", "Clara Conrad") },
        {
            content: "Open the letter of Bernd",
            trigger: `${row("letter_ids", "Bernd Braun")} td[name=partner_id]`,
            run: "click",
        },
        { content: "His items", trigger: ".o_field_widget[name=line_ids] .o_data_row" },
        { content: "Beside the letter itself", trigger: ".o_dunning_preview iframe" },
        { content: "Not today", trigger: "button[name=action_take_out]", run: "click" },
        { trigger: ".modal-footer .btn-primary", run: "click" },
        { trigger: ".alert:contains('Taken out by')" },
        { content: "Back to the run", trigger: ".o_back_button a, a.o_back_button", run: "click" },
        {
            content: "Clara wants paper",
            trigger: `${row("letter_ids", "Clara Conrad")} button[name=action_channel_print]`,
            run: "click",
        },
        { trigger: `${row("letter_ids", "Clara Conrad")}:contains("Printed letter")` },
        { trigger: `${row("letter_ids", "Bernd Braun")}:contains("Cancelled")` },
        { content: "Who was left out?", trigger: ".nav-link[name=omissions]", run: "click" },
        { trigger: `${row("omission_ids", "Dora Dahl")}:contains("Paused")` },
        { content: "Send", trigger: "button[name=action_send]", run: "click" },
        { trigger: ".modal-footer .btn-primary", run: "click" },
        { trigger: ".o_arrow_button_current:contains('Sending')" },
    ],
});

tours.add("dunning_manager_policy", {
    url: "/odoo/dunning-policies",
    steps: () => [
        {
            content: "Open the policy",
            trigger: ".o_data_row:contains('Test') td[name=name]",
            run: "click",
        },
        {
            content: "Open a level",
            trigger: `${row("level_ids", "Reminder")} td[name=name]`,
            run: "click",
        },
        {
            content: "A later reminder",
            trigger: ".modal .o_field_widget[name=delay] input",
            run: "edit 9",
        },
        {
            content: "A kinder text",
            trigger: ".modal .o_field_widget[name=body_html] .odoo-editor-editable",
            run: "editor Just to remind you.",
        },
        { trigger: ".modal .o_form_button_save", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: `${row("level_ids", "Reminder")} td[name=delay]:contains("9")` },
        { content: "Save the policy", trigger: ".o_form_button_save:enabled", run: "click" },
        { trigger: ".o_form_saved" },
    ],
});

tours.add("dunning_invoice_and_partner", {
    steps: () => [
        {
            content: "From the invoice to its letters",
            trigger: "button[name=action_open_dunning_letters]",
            run: "click",
        },
        {
            content: "Open the letter",
            trigger: ".o_list_view .o_data_row:contains('Anna Adler') td[name=partner_id]",
            run: "click",
        },
        {
            content: "To the debtor",
            trigger: "button[name=action_open_dunning_debtor]",
            run: "click",
        },
        { content: "What is owed", trigger: ".o_dunning_figures:contains('300.00')" },
        { content: "How old it is", trigger: ".o_dunning_ageing_bar .o_dunning_age_1" },
        { trigger: ".nav-link[name=letters]", run: "click" },
        { trigger: row("letter_ids", "Reminder") },
        {
            content: "To the customer",
            trigger: ".o_field_widget[name=partner_id] a.o_form_uri, .o_field_widget[name=partner_id] a",
            run: "click",
        },
        {
            content: "And back by his button",
            trigger: ".oe_stat_button[name=action_open_dunning_debtor]:contains('300.00')",
            run: "click",
        },
        { content: "Give him time", trigger: "button[name=action_pause]", run: "click" },
        {
            trigger: ".modal .o_field_widget[name=reason_id] input",
            run: "edit In talks",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('In talks with the customer')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=date_until] .o_input, .modal .o_field_widget[name=date_until] button",
            run: "click",
        },
        { trigger: ".o_datetime_picker .o_next", run: "click" },
        { trigger: ".o_datetime_picker .o_date_item_cell:not(.o_out_of_range):contains('15')", run: "click" },
        { trigger: ".modal-footer button[name=action_pause]", run: "click" },
        { trigger: "button[name=action_end_pause]" },
        { content: "It says so", trigger: ".alert-warning:contains('Paused until')" },
    ],
});

tours.add("dunning_turn_on_and_off", {
    url: "/odoo/action-account.action_account_config",
    steps: () => [
        { content: "Ask first", trigger: "button[name=action_dunning_activate]", run: "click" },
        { trigger: ".modal button[name=action_preview]", run: "click" },
        {
            content: "See what the first night would send",
            trigger: ".modal .o_field_widget[name=summary]:contains('Reminder')",
        },
        { trigger: ".modal button.btn-primary[name=action_activate]", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { content: "It is on", trigger: "button[name=action_dunning_deactivate]", run: "click" },
        { trigger: ".modal-footer .btn-primary", run: "click" },
        { content: "And off again", trigger: "button[name=action_dunning_activate]" },
    ],
});
