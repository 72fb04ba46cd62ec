import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getCustomColor } from "@web/core/colors/colors";

import { Component, onWillStart, onWillUnmount, useEffect, useRef } from "@odoo/owl";

const scheme = cookie.get("color_scheme");
export const COLORS = {
    text: getCustomColor(scheme, "#111827", "#e4e4e4"),
    grid: getCustomColor(scheme, "rgba(0,0,0,.1)", "rgba(255,255,255,.15)"),
    main: getCustomColor(scheme, "#714b67", "#b58aa7"),
    quiet: getCustomColor(scheme, "#8f8f8f", "#9a9a9a"),
    band: getCustomColor(scheme, "rgba(113,75,103,.18)", "rgba(181,138,167,.25)"),
    bar: getCustomColor(scheme, "#6b8fb5", "#7fa3c9"),
    ages: ["#28a745", "#a3b61c", "#f0ad4e", "#e8743b", "#d44c59"],
    credit: "#8f8f8f",
};

/** One figure drawn by Chart.js; whoever clicks a mark gets the records behind it. */
export class DunningChart extends Component {
    static template = "smart_dunning.DashboardChart";
    static props = {
        config: Object,
        label: String,
        onMark: { type: Function, optional: true },
    };

    setup() {
        this.canvas = useRef("canvas");
        this.chart = null;
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                this.draw();
                return () => this.clear();
            },
            () => [this.props.config]
        );
        onWillUnmount(() => this.clear());
    }

    clear() {
        this.chart?.destroy();
        this.chart = null;
    }

    draw() {
        const { type, data, options = {} } = this.props.config;
        // eslint-disable-next-line no-undef
        this.chart = new Chart(this.canvas.el, {
            type,
            data,
            options: {
                responsive: true,
                maintainAspectRatio: false,
                animation: false,
                color: COLORS.text,
                ...options,
                onClick: (ev, marks) => marks.length && this.props.onMark?.(marks[0].index),
                onHover: (ev, marks) => {
                    ev.native.target.style.cursor =
                        marks.length && this.props.onMark ? "pointer" : "default";
                },
            },
        });
    }
}
