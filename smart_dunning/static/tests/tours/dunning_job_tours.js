import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/**
 * A job with the number of clicks that it may take; docs/developer.md has them as a table.
 *
 * @param {string} name
 * @param {number} most
 * @param {Object[]} steps
 */
function addJob(name, most, steps) {
    const clicks = steps.filter((step) => step.run === "click").length;
    if (clicks > most) {
        throw new Error(`The job ${name} takes ${clicks} clicks, ${most} are allowed.`);
    }
    tours.add(name, { steps: () => steps });
}

const row = (name) => `.o_dunning_worklist .o_data_row:contains('${name}')`;
const save = ".modal footer .btn-primary, .modal-footer .btn-primary";
const noDialog = { trigger: "body:not(:has(.modal))" };

addJob("dunning_job_send", 4, [
    {
        content: "The group says who decides, the sentence what",
        trigger: ".o_group_header:contains('You decide')",
    },
    { trigger: `${row("Axel Ahrens")}:contains('waits for approval')` },
    {
        trigger: `${row("Axel Ahrens")} button[name=action_work]:contains('Open Letter')`,
        run: "click",
    },
    {
        trigger: ".o_field_widget[name=own_words] textarea",
        run: "edit As agreed on the phone.",
    },
    { trigger: "button[name=action_approve_and_send]", run: "click" },
    { content: "The next one", trigger: ".oe_title:contains('Berta Brandt')" },
    { trigger: "button[name=action_approve_and_send]", run: "click" },
    { trigger: ".o_notification:contains('No other letter')" },
    { trigger: "div[name=going]" },
]);

addJob("dunning_job_paid", 3, [
    { trigger: `${row("Axel Ahrens")} td[name=partner_id]`, run: "click" },
    { trigger: "button[name=action_paid_everything]", run: "click" },
    { trigger: ".modal div[name=dunning_sum]:contains('to pay')" },
    { trigger: ".modal button[name=action_create_payments]", run: "click" },
    noDialog,
]);

addJob("dunning_job_promise", 4, [
    { trigger: `${row("Axel Ahrens")} td[name=partner_id]`, run: "click" },
    { trigger: "button[name=action_record_promise]", run: "click" },
    { trigger: ".modal .o_field_widget[name=said_by] input", run: "edit Ms Muster" },
    {
        trigger: ".modal .o_field_widget[name=date] .o_input, .modal .o_field_widget[name=date] button",
        run: "click",
    },
    { trigger: ".modal .o_field_widget[name=date] input", run: "edit +5d" },
    { trigger: save, run: "click" },
    noDialog,
    { trigger: "div[name=waits]:contains('Payment promised')" },
]);

addJob("dunning_job_dispute", 5, [
    { trigger: `${row("Axel Ahrens")} td[name=partner_id]`, run: "click" },
    { trigger: "button[name=action_record_dispute]", run: "click" },
    { trigger: ".modal .o_field_widget[name=reason_id] input", run: "edit damaged" },
    { trigger: ".o-autocomplete--dropdown-item:contains('Goods damaged')", run: "click" },
    { trigger: save, run: "click" },
    noDialog,
    { trigger: "div[name=waits]:contains('Disputed')" },
]);

// A release is one job of three people: six clicks in all.
const HELD = ".alert-danger.o_dunning_hold";

addJob("dunning_job_request", 2, [
    { trigger: `${HELD} button[name=action_dunning_request_release]`, run: "click" },
    { trigger: ".modal .o_field_widget[name=note] textarea", run: "edit Pays on Friday" },
    { trigger: ".modal button[name=action_request]", run: "click" },
    noDialog,
]);

addJob("dunning_job_grant", 3, [
    { trigger: `${row("Adler")}:contains('A release was requested')` },
    { trigger: `${row("Adler")} button[name=action_work]:contains('Answer')`, run: "click" },
    { trigger: ".modal .o_field_widget[name=reason] input", run: "edit Pays on Friday" },
    { trigger: ".modal button[name=action_grant]", run: "click" },
    noDialog,
]);

addJob("dunning_job_confirm", 1, [
    { trigger: ".alert-success.o_dunning_hold:contains('Pays on Friday')" },
    { trigger: "button[name=action_confirm]", run: "click" },
    { trigger: ".o_arrow_button_current:contains('Sales Order')" },
]);

addJob("dunning_job_policy", 6, [
    { trigger: ".o_list_button_add", run: "click" },
    { trigger: ".o_field_widget[name=name] input, .o_field_widget[name=name] textarea", run: "edit Shops" },
    { trigger: ".o_field_widget[name=level_ids] .o_field_x2many_list_row_add a", run: "click" },
    { trigger: ".modal .o_field_widget[name=name] input", run: "edit Reminder" },
    { trigger: ".modal .o_form_button_save", run: "click" },
    noDialog,
    { trigger: ".o_form_button_save:enabled", run: "click" },
    { trigger: ".o_form_saved" },
]);
