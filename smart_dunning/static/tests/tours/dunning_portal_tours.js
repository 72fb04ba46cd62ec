import { registry } from "@web/core/registry";
import { inputFiles } from "@web/../tests/utils";

const tours = registry.category("web_tour.tours");

/** Open a form of the page and type one's name. */
const open = (id, name = "Carla") => [
    { trigger: `#dunning_answers #${id} summary`, run: "click" },
    { trigger: `#${id}[open] input[name=name]`, run: `edit ${name}` },
];

const day = (ahead) => {
    const date = new Date();
    date.setDate(date.getDate() + ahead);
    return date.toISOString().slice(0, 10);
};

/** Enter a day as the picker of the browser does. */
const enterDay = (selector, ahead) => ({
    trigger: selector,
    run() {
        this.anchor.value = day(ahead);
        this.anchor.dispatchEvent(new Event("change", { bubbles: true }));
    },
});

tours.add("dunning_portal_pay", {
    steps: () => [
        { content: "What is asked", trigger: "#dunning_letter h1:contains('350.00')" },
        { content: "It stands alone", trigger: "#dunning_items tr[data-state=open]" },
        {
            content: "Nothing comes from elsewhere",
            trigger: "#dunning_pay",
            run() {
                for (const node of document.querySelectorAll("script[src], link[href], img[src]")) {
                    const url = new URL(node.src || node.href, location.href);
                    if (url.host && url.host !== location.host) {
                        throw new Error(`${url} is not ours`);
                    }
                }
            },
        },
        { trigger: "#dunning_pay_now", run: "click", expectUnloadPage: true },
        { trigger: "#dunning_pay input#customer_input", run: "edit 4242" },
        { trigger: "#dunning_pay button[name=o_payment_submit_button]:enabled", run: "click", expectUnloadPage: true },
        { content: "Paid, with thanks", trigger: "#dunning_items tr[data-state=paid]:contains('Paid, thank you')", timeout: 30000 },
        { trigger: "#dunning_letter h1:contains('Thank you')" },
    ],
});

tours.add("dunning_portal_promise", {
    steps: () => [
        ...open("dunning_promise"),
        enterDay("#promise_date", 7),
        { trigger: "#dunning_promise button[type=submit]", run: "click", expectUnloadPage: true },
        { trigger: "#dunning_done:contains('noted your promise')" },
        { trigger: "#dunning_items:contains('You have promised to pay until')" },
    ],
});

tours.add("dunning_portal_dispute", {
    steps: () => [
        ...open("dunning_dispute"),
        { trigger: "#dispute_amount", run: "edit 40" },
        { trigger: "#dispute_note", run: "edit Two boxes were wet." },
        {
            trigger: "#dispute_file",
            async run() {
                await inputFiles("#dispute_file", [new File(["%PDF-1.4 a letter"], "claim.pdf", { type: "application/pdf" })]);
            },
        },
        { trigger: "#dunning_dispute button[type=submit]", run: "click", expectUnloadPage: true },
        { trigger: "#dunning_done:contains('looking into it')" },
        { trigger: "#dunning_items:contains('is being clarified')" },
        { trigger: "#dunning_letter h1:contains('310.00')" },
    ],
});

tours.add("dunning_portal_plan", {
    steps: () => [
        ...open("dunning_plan"),
        { trigger: "#plan_count", run: "edit 2" },
        enterDay("#plan_date", 7),
        { trigger: "#dunning_plan button.btn-primary", run: "click", expectUnloadPage: true },
        { content: "Seen before it is sent", trigger: "#dunning_parts tbody tr:contains('175.00')" },
        { trigger: "#dunning_plan button[name=confirm]", run: "click", expectUnloadPage: true },
        { trigger: "#dunning_plan_page #dunning_sign" },
        { trigger: "#dunning_sign canvas.o_web_sign_signature", run: "canvasNotEmpty" },
        { trigger: "#dunning_sign .o_portal_sign_submit:enabled", run: "click", expectUnloadPage: true },
        { content: "Signed", trigger: "#dunning_signed:contains('Carla')" },
        { content: "Its parts can be paid", trigger: "#dunning_parts a:contains('Pay')" },
    ],
});
