import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const part = (text) => `.o_field_widget[name=part_ids] .o_data_row:contains("${text}")`;

tours.add("dunning_installment_plan", {
    steps: () => [
        {
            content: "He cannot pay at once",
            trigger: "button[name=action_record_plan]",
            run: "click",
        },
        {
            content: "What is overdue is proposed",
            trigger: ".modal .o_field_widget[name=amount_total]:contains('300.00')",
        },
        { trigger: ".modal .o_field_widget[name=item_ids] .o_tag" },
        { trigger: ".modal .o_field_widget[name=count] input", run: "edit 4" },
        {
            content: "Each two weeks",
            trigger: ".modal .o_field_widget[name=interval] .o_select_menu_input, .modal .o_field_widget[name=interval] select",
            run: "click",
        },
        { trigger: ".o_select_menu_item:contains('Every two weeks')", run: "click" },
        {
            content: "That is",
            trigger: ".modal .o_field_widget[name=summary]:contains('4 of $ 75.00')",
        },
        { trigger: ".modal button[name=action_open]", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_arrow_button_current:contains('Draft')" },
        {
            content: "A little less at first",
            trigger: `${part("75.00")} td[name=amount]`,
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=part_ids] .o_selected_row td[name=amount] input",
            run: "edit 50",
        },
        { content: "Elsewhere", trigger: ".o_form_sheet .oe_title", run: "click" },
        { content: "That is not all", trigger: ".alert:contains('do not add up')" },
        { trigger: "button[name=action_confirm]", run: "click" },
        { content: "It says so", trigger: ".modal:contains('275.00')" },
        { trigger: ".modal-footer .btn-primary", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { content: "Even parts, then", trigger: "button[name=action_split]", run: "click" },
        { trigger: `${part("75.00")}:first` },
        { trigger: "body:not(:has(.alert:contains('do not add up')))" },
        { content: "Agreed", trigger: "button[name=action_confirm]", run: "click" },
        { trigger: ".o_arrow_button_current:contains('Active')" },
        {
            content: "Nothing can be typed any more",
            trigger: ".o_field_widget[name=part_ids].o_readonly_modifier",
        },
        { content: "In the history", trigger: ".o-mail-Message:contains('in 4 parts')" },
        { content: "Off to the customer", trigger: "button[name=action_send]", run: "click" },
        {
            content: "With the agreement",
            trigger: ".modal .o_field_widget[name=attachment_ids]:contains('.pdf')",
        },
        {
            trigger: ".modal button[name=action_send_mail]:enabled",
            run: "click",
        },
        { trigger: "body:not(:has(.modal))" },
        { trigger: ".o-mail-Message:contains('in instalments')" },
    ],
});
