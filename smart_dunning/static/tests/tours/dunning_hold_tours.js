import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const HELD = ".alert-danger.o_dunning_hold";
const RELEASED = ".alert-success.o_dunning_hold:contains('Released by')";
const closeDialog = { trigger: ".modal-footer .btn-primary", run: "click" };
const noDialog = { trigger: "body:not(:has(.modal))" };

tours.add("dunning_hold_request", {
    steps: () => [
        {
            content: "The quotation says why",
            trigger: `${HELD}:contains('120.00 are overdue')`,
        },
        { content: "Try it all the same", trigger: "button[name=action_confirm]", run: "click" },
        {
            content: "Refused, with the reason",
            trigger: ".modal-body:contains('cannot be confirmed'):contains('120.00 are overdue')",
        },
        { content: "And what to do", trigger: ".modal-body:contains('Request Release')" },
        closeDialog,
        noDialog,
        { trigger: ".o_arrow_button_current:contains('Quotation')" },
        {
            content: "Ask",
            trigger: `${HELD} button[name=action_dunning_request_release]`,
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit His site stands still",
        },
        { trigger: ".modal button[name=action_request]", run: "click" },
        { trigger: ".o_notification:contains('were asked')" },
        noDialog,
        {
            content: "Nothing more to be seen than that",
            trigger: `${HELD}:not(:has(button[name=action_dunning_release], button[name=action_dunning_debtor]))`,
        },
    ],
});

tours.add("dunning_hold_release", {
    steps: () => [
        { trigger: `${HELD} button[name=action_dunning_release]`, run: "click" },
        {
            content: "Knows what is overdue",
            trigger: ".modal .o_field_widget[name=hold_reason]:contains('120.00 are overdue')",
        },
        {
            content: "The amount of the order is proposed",
            trigger: ".modal .o_field_widget[name=max_amount] input:value('200.00')",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit Pays on Friday",
        },
        { trigger: ".modal button[name=action_grant]", run: "click" },
        noDialog,
        { trigger: `${RELEASED}:contains('Pays on Friday')` },
        {
            content: "It is on record",
            trigger: "button[name=action_dunning_releases]",
            run: "click",
        },
        { trigger: ".o_data_row:contains('Pays on Friday')" },
    ],
});

tours.add("dunning_hold_confirm", {
    steps: () => [
        { trigger: RELEASED },
        { trigger: "button[name=action_confirm]", run: "click" },
        { trigger: ".o_arrow_button_current:contains('Sales Order')" },
    ],
});

tours.add("dunning_hold_stop_delivery", {
    steps: () => [
        { trigger: `${HELD}:contains('120.00 are overdue')` },
        { trigger: "button[name=button_validate]", run: "click" },
        { trigger: ".modal-body:contains('cannot leave')" },
        closeDialog,
        noDialog,
        { trigger: ".o_arrow_button_current:contains('Ready')" },
    ],
});

tours.add("dunning_hold_deliver", {
    steps: () => [
        { trigger: `.o_form_view:not(:has(${HELD})) button[name=button_validate]`, run: "click" },
        { trigger: ".o_arrow_button_current:contains('Done')" },
    ],
});

tours.add("dunning_hold_lists", {
    steps: () => [
        { content: "What waits", trigger: ".o_data_row:contains('120.00 are overdue')" },
        {
            content: "To the delivery",
            trigger: ".o_data_row td[name=partner_id]",
            run: "click",
        },
        { trigger: HELD },
    ],
});
