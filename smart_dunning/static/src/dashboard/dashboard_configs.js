import { _t } from "@web/core/l10n/translation";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";

import { COLORS } from "./dashboard_chart";

const axis = (format, extra = {}) => ({
    ticks: { color: COLORS.text, callback: format, maxRotation: 45 },
    grid: { color: COLORS.grid },
    ...extra,
});
const plain = { ticks: { color: COLORS.text }, grid: { display: false } };

const withoutLegend = (format) => ({
    legend: { display: false },
    tooltip: { callbacks: { label: (item) => format(item.raw) } },
});

export function configureAgeing(ageing, format) {
    return {
        type: "bar",
        data: {
            labels: ageing.map((part) => part.label),
            datasets: [
                {
                    data: ageing.map((part) => part.amount),
                    backgroundColor: [...COLORS.ages, COLORS.credit],
                },
            ],
        },
        options: {
            interaction: { mode: "index", intersect: false }, // thin bars are hard to hit
            plugins: withoutLegend(format),
            scales: { x: plain, y: axis(format) },
        },
    };
}

const shortDate = (text) => formatDate(deserializeDate(text), { format: "d LLL" });
const month = (text) => formatDate(deserializeDate(text), { format: "LLL yy" });

/** Bars of what is expected, and the band in which it lies with a probability of 80 %. */
export function configureWeeks(weeks, format) {
    const line = { type: "line", borderColor: "transparent", pointRadius: 0, tension: 0.2 };
    return {
        type: "bar",
        data: {
            labels: weeks.map((one) => shortDate(one.week)),
            datasets: [
                {
                    label: _t("Expected"),
                    data: weeks.map((one) => one.amount),
                    backgroundColor: COLORS.bar,
                    order: 2,
                },
                {
                    ...line,
                    label: _t("High"),
                    data: weeks.map((one) => one.high),
                    backgroundColor: COLORS.band,
                    fill: "+1",
                    order: 1,
                },
                { ...line, label: _t("Low"), data: weeks.map((one) => one.low), order: 1 },
            ],
        },
        options: {
            interaction: { mode: "index", intersect: false },
            plugins: {
                legend: { display: false },
                tooltip: {
                    callbacks: { label: (item) => `${item.dataset.label}: ${format(item.raw)}` },
                },
            },
            scales: { x: plain, y: axis(format, { beginAtZero: true }) },
        },
    };
}

export function configureTrend(trend) {
    const line = { pointRadius: 2, tension: 0.2, fill: false };
    return {
        type: "line",
        data: {
            labels: trend.map((one) => month(one.date)),
            datasets: [
                {
                    ...line,
                    label: _t("DSO"),
                    data: trend.map((one) => one.dso),
                    borderColor: COLORS.main,
                    backgroundColor: COLORS.main,
                },
                {
                    ...line,
                    label: _t("Best possible"),
                    data: trend.map((one) => one.best_dso),
                    borderColor: COLORS.quiet,
                    backgroundColor: COLORS.quiet,
                    borderDash: [5, 4],
                },
            ],
        },
        options: {
            interaction: { mode: "index", intersect: false },
            plugins: { legend: { position: "bottom", labels: { color: COLORS.text } } },
            scales: { x: plain, y: axis((days) => days, { beginAtZero: true }) },
        },
    };
}

export function configureRecovery(recovery, format) {
    const percent = (share) => `${share} %`;
    return {
        type: "bar",
        data: {
            labels: recovery.map((one) => one.name),
            datasets: [
                { data: recovery.map((one) => one.share), backgroundColor: COLORS.main },
            ],
        },
        options: {
            indexAxis: "y",
            interaction: { mode: "index", axis: "y", intersect: false },
            plugins: {
                legend: { display: false },
                tooltip: {
                    callbacks: {
                        label: (item) => {
                            const one = recovery[item.dataIndex];
                            return _t("%(share)s: %(paid)s of %(asked)s", {
                                share: percent(one.share),
                                paid: format(one.paid),
                                asked: format(one.asked),
                            });
                        },
                    },
                },
            },
            scales: { y: plain, x: axis(percent, { beginAtZero: true, max: 100 }) },
        },
    };
}
