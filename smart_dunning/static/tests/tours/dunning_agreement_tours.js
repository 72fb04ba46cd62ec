import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const chooseNext15th = (field) => [
    {
        trigger: `.modal .o_field_widget[name=${field}] .o_input, .modal .o_field_widget[name=${field}] button`,
        run: "click",
    },
    { trigger: ".o_datetime_picker .o_next", run: "click" },
    {
        trigger: ".o_datetime_picker .o_date_item_cell:not(.o_out_of_range):contains('15')",
        run: "click",
    },
];

tours.add("dunning_promise", {
    steps: () => [
        { content: "He has called", trigger: "button[name=action_record_promise]", run: "click" },
        { content: "What is overdue is proposed", trigger: ".modal .o_field_widget[name=amount] input:value('300.00')" },
        { content: "And which items", trigger: ".modal .o_field_widget[name=item_ids] .o_tag" },
        ...chooseNext15th("date"),
        { trigger: ".modal .o_field_widget[name=said_by] input", run: "edit Ms Muster" },
        { content: "Noted", trigger: ".modal footer .btn-primary, .modal-footer .btn-primary", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { content: "It shows", trigger: ".nav-link[name=pauses]", run: "click" },
        { trigger: ".o_field_widget[name=promise_ids] .o_data_row:contains('Ms Muster'):contains('Pending')" },
        { content: "And in the history", trigger: ".o-mail-Message:contains('Ms Muster')" },
        {
            content: "Open it",
            trigger: ".o_field_widget[name=promise_ids] .o_data_row td[name=said_by]",
            run: "click",
        },
        { trigger: "button[name=action_cancel]" },
    ],
});

tours.add("dunning_dispute", {
    steps: () => [
        { content: "He objects", trigger: "button[name=action_record_dispute]", run: "click" },
        { trigger: ".modal .o_field_widget[name=reason_id] input", run: "edit damaged" },
        { trigger: ".o-autocomplete--dropdown-item:contains('Goods damaged')", run: "click" },
        { content: "To a part of it", trigger: ".modal .o_field_widget[name=amount] input", run: "edit 120" },
        { trigger: ".modal footer .btn-primary, .modal-footer .btn-primary", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { content: "The invoice says so", trigger: "div[name=dunning_pause]:contains('120.00')" },
    ],
});
