import { utils } from "@web/core/ui/ui_service";
import { registry } from "@web/core/registry";
import { SearchModel } from "@web/search/search_model";
import { kanbanView } from "@web/views/kanban/kanban_view";

/** Debtors by level where there is room for columns; one list in order of urgency on a phone. */
export class DunningDebtorSearchModel extends SearchModel {
    /** @override */
    async load(config) {
        return super.load(utils.isSmall() ? { ...config, defaultGroupBy: null } : config);
    }
}

registry.category("views").add("dunning_debtor_kanban", {
    ...kanbanView,
    SearchModel: DunningDebtorSearchModel,
});
