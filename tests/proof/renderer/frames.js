// What Prometheus answers, as Grafana's data frames.
import { toDataFrame, FieldType, applyFieldOverrides, FieldConfigOptionsRegistry, unitOverrideProcessor, numberOverrideProcessor, thresholdsOverrideProcessor, valueMappingsOverrideProcessor, displayNameOverrideProcessor, identityOverrideProcessor, booleanOverrideProcessor } from '@grafana/data';

const POINTS = 200;

const OPTIONS = {
  displayName: displayNameOverrideProcessor,
  unit: unitOverrideProcessor,
  min: numberOverrideProcessor,
  max: numberOverrideProcessor,
  decimals: numberOverrideProcessor,
  thresholds: thresholdsOverrideProcessor,
  mappings: valueMappingsOverrideProcessor,
  color: identityOverrideProcessor,
  noValue: identityOverrideProcessor,
  links: identityOverrideProcessor,
  fieldMinMax: booleanOverrideProcessor,
  'custom.hidden': booleanOverrideProcessor,
  'custom.lineWidth': numberOverrideProcessor,
  'custom.fillBelowTo': identityOverrideProcessor,
  'custom.hideFrom': identityOverrideProcessor,
};

const registry = new FieldConfigOptionsRegistry();
for (const [path, process] of Object.entries(OPTIONS)) {
  const isCustom = path.startsWith('custom.');
  registry.register({ id: path, path: path.replace('custom.', ''), name: path, process, override: () => null, editor: () => null, shouldApply: () => true, isCustom, settings: {} });
}

export function substituted(expr, variables) {
  return expr.replace(/\$\{?(\w+)\}?/g, (whole, name) => (name in variables ? variables[name] : whole));
}

function legend(format, labels) {
  if (format && format !== '__auto') return format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name) => labels[name] ?? '');
  const pairs = Object.entries(labels).filter(([name]) => name !== '__name__');
  return pairs.length ? `{${pairs.map(([name, value]) => `${name}="${value}"`).join(', ')}}` : undefined;
}

async function asked(base, path, parameters) {
  const answer = await (await fetch(`${base}/api/v1/${path}?${new URLSearchParams(parameters)}`)).json();
  if (answer.status !== 'success') throw new Error(answer.error);
  return answer.data.result;
}

function line(target, labels, points) {
  const config = { displayNameFromDS: legend(target.legendFormat, labels) };
  return toDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: points.map(([time]) => time * 1000) },
      { name: 'Value', type: FieldType.number, labels, config, values: points.map(([, value]) => (value === null ? null : Number(value))) },
    ],
  });
}

function rows(target, result) {
  const names = [...new Set(result.flatMap((one) => Object.keys(one.metric)))];
  return toDataFrame({
    refId: target.refId,
    fields: [
      ...names.map((name) => ({ name, type: FieldType.string, values: result.map((one) => one.metric[name] ?? '') })),
      { name: 'Value', type: FieldType.number, values: result.map((one) => Number(one.value[1])) },
    ],
  });
}

// Prometheus leaves out the steps without a value; Grafana draws those as gaps, and NaN too
// (its panel does that, which is not in the package).
function withGaps(points, from, to, step) {
  const known = new Map(points);
  const all = [];
  for (let time = from; time <= to; time += step) all.push([time, known.get(time) === 'NaN' ? null : (known.get(time) ?? null)]);
  return all;
}

async function answered(base, target, variables, from, to) {
  const query = substituted(target.expr, variables);
  if (target.instant) {
    const result = await asked(base, 'query', { query, time: to });
    if (target.format === 'table') return result.length ? [rows(target, result)] : [];
    return result.map((one) => line(target, one.metric, [one.value]));
  }
  const step = Math.max(1, Math.ceil((to - from) / POINTS));
  const result = await asked(base, 'query_range', { query, start: from, end: to, step });
  return result.map((one) => line(target, one.metric, withGaps(one.values, from, to, step)));
}

export async function frames(panel, base, variables, from, to, theme) {
  const found = await Promise.all(panel.targets.map((target) => answered(base, target, variables, from, to)));
  const data = found.flat();
  const numbers = data.flatMap((frame) => frame.fields).filter((field) => field.type === FieldType.number);
  // Without an index every line is grey.
  numbers.forEach((field, seriesIndex) => (field.state = { ...field.state, seriesIndex }));
  return applyFieldOverrides({ data, fieldConfig: panel.fieldConfig, replaceVariables: (text) => text, theme, timeZone: 'utc', fieldConfigRegistry: registry });
}
