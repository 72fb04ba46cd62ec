import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("dunning_dashboard", {
    steps: () => [
        { content: "What is open", trigger: ".o_dunning_card[data-name=open]:contains('500')" },
        { content: "Drawn", trigger: ".o_dunning_panel[data-name=ageing] canvas" },
        { content: "No forecast yet", trigger: ".o_dunning_panel[data-name=weeks]:not(:has(canvas))" },
        { trigger: ".o_control_panel button:contains('Read Anew')", run: "click" },
        { content: "Now there is", trigger: ".o_dunning_panel[data-name=weeks] canvas" },
        { trigger: ".o_dunning_panel[data-name=trend] canvas" },
        { content: "The customers", trigger: ".o_dunning_risk:contains('Anna Adler')" },
        { content: "What is behind it?", trigger: ".o_dunning_card[data-name=overdue]", run: "click" },
        { content: "Whose?", trigger: ".o_list_view .o_data_row:contains('300.00'):contains('Anna Adler')" },
        { content: "What?", trigger: ".o_data_row:contains('Anna Adler') button[name=action_open_items]", run: "click" },
        { trigger: ".o_breadcrumb:contains('Open items of Anna Adler')" },
        { trigger: ".o_list_view .o_data_row:contains('300.00')" },
        { content: "Back", trigger: ".breadcrumb-item a:contains('Receivables'), .o_back_button", run: "click" },
        { content: "Who may not pay?", trigger: ".o_dunning_panel[data-name=risks] h2 button", run: "click" },
        { trigger: ".o_list_view .o_data_row:first:contains('Anna Adler') [name=money_at_risk]" },
        { content: "Back", trigger: ".breadcrumb-item a:contains('Receivables'), .o_back_button", run: "click" },
        { content: "Did holds help?", trigger: ".o_dunning_card[data-name=released]", run: "click" },
        { content: "Not yet", trigger: ".o_view_nocontent:contains('No hold has brought money yet')" },
        { content: "Back", trigger: ".breadcrumb-item a:contains('Receivables'), .o_back_button", run: "click" },
        { content: "Who is it?", trigger: ".o_dunning_risk:contains('Anna Adler') button", run: "click" },
        { trigger: ".o_form_view .o_last_breadcrumb_item:contains('Anna Adler'), .o_form_view .o_field_widget[name=partner_id]:contains('Anna Adler')" },
    ],
});
