import { utils } from "@web/core/ui/ui_service";
import { registry } from "@web/core/registry";
import { KanbanArchParser } from "@web/views/kanban/kanban_arch_parser";
import { kanbanView } from "@web/views/kanban/kanban_view";

/** Debtors by level where there is room for columns; one list in order of urgency on a phone. */
export class DunningDebtorKanbanArchParser extends KanbanArchParser {
    parse() {
        const archInfo = super.parse(...arguments);
        if (utils.isSmall()) {
            archInfo.defaultGroupBy = null;
        }
        return archInfo;
    }
}

registry.category("views").add("dunning_debtor_kanban", {
    ...kanbanView,
    ArchParser: DunningDebtorKanbanArchParser,
});
