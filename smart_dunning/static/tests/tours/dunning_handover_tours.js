import { registry } from "@web/core/registry";
import { inputFiles } from "@web/../tests/utils";

const tours = registry.category("web_tour.tours");

const noDialog = { trigger: "body:not(:has(.modal))" };
const openMenu = (name) => [
    { trigger: ".o_menu_sections button:contains('Customers')", run: "click" },
    { trigger: `.o-dropdown--menu .dropdown-item:contains('${name}')`, run: "click" },
];
let number = "";

tours.add("dunning_handover", {
    steps: () => [
        { content: "Nothing has helped", trigger: "button[name=action_hand_over]", run: "click" },
        { trigger: ".modal .o_field_widget[name=debtor_ids] .o_tag:contains('Anna Adler')" },
        { trigger: ".modal button[name=action_propose]", run: "click" },
        noDialog,
        { content: "What the gate says", trigger: "div[name=points] .alert-success" },
        { trigger: ".o_field_widget[name=agency_id] input:value('North Collections')" },
        { content: "Proposed", trigger: ".o_statusbar_status .o_arrow_button_current:contains('Proposed')" },
        { trigger: "button[name=action_hand_over]", run: "click" },
        { content: "It asks first", trigger: ".modal .modal-footer .btn-primary", run: "click" },
        noDialog,
        { trigger: ".o_statusbar_status .o_arrow_button_current:contains('Handed over')" },
        { content: "The package is there", trigger: "button[name=action_download_package]:contains('ZIP')" },
        { content: "Its fingerprint, too", trigger: ".nav-link[name=evidence]", run: "click" },
        { trigger: ".o_field_widget[name=package_sha256]" },
        {
            trigger: ".o_field_widget[name=name]:contains('HO/')",
            run() {
                number = this.anchor.textContent.trim();
            },
        },
        ...openMenu("Status of Agencies"),
        {
            content: "The agency's file: it has got everything",
            trigger: ".modal .o_field_widget[name=file] input[type=file]:not(:visible)",
            async run() {
                const text = `number;state;paid;closed_as\n${number};closed;500,00;paid\n`;
                await inputFiles(".modal .o_field_widget[name=file] input[type=file]", [
                    new File([text], "status.csv", { type: "text/csv" }),
                ]);
            },
        },
        { trigger: ".modal .o_field_widget[name=file]:contains('status.csv'), .modal .o_field_widget[name=file] input:value('status.csv')" },
        { trigger: ".modal button[name=action_import]", run: "click" },
        { content: "Line by line", trigger: ".modal .o_field_widget[name=report]:contains('paid in all')" },
        { trigger: ".modal .modal-footer .btn-secondary, .modal footer .btn-secondary", run: "click" },
        noDialog,
        ...openMenu("Handovers"),
        { trigger: ".o_list_view .o_data_row:contains('Anna Adler') td[name=partner_id]", run: "click" },
        { content: "What is to be done", trigger: ".alert-info:contains('500.00')" },
        { trigger: "button[name=action_book_payment]", run: "click" },
        { content: "A draft, for the clerk to look at", trigger: "button[name=action_post]", run: "click" },
        { trigger: ".o_statusbar_status .o_arrow_button_current:contains('Posted')" },
    ],
});

tours.add("dunning_handover_closed", {
    steps: () => [
        { trigger: ".o_statusbar_status .o_arrow_button_current:contains('Closed')" },
        { content: "How it ended", trigger: ".ribbon:contains('Paid')" },
        { trigger: ".o_field_widget[name=amount_booked]:contains('500.00')" },
        { content: "The history tells it", trigger: ".o-mail-Message:contains('paid in all')" },
        { trigger: "button[name=action_open_bookings]", run: "click" },
        { trigger: ".o_list_view .o_data_row:contains('500.00')" },
    ],
});
