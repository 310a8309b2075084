// Shows one dashboard with Grafana's own panels, for headless browsers: no Grafana server.
// ?dashboard=URL&prometheus=URL&from=…&to=… (seconds); $name=value for each variable.
import 'uplot/dist/uPlot.min.css';
import React from 'react';
import { createRoot } from 'react-dom/client';
import { createTheme, dateTime, getFieldDisplayValues, ThemeContext } from '@grafana/data';
import { BarGauge, BigValue, GlobalStyles, PanelChrome, Table, TimeSeries, VizRepeater } from '@grafana/ui';
import { frames } from './frames.js';

const UNIT = 30;
const GAP = 8;
const TOP = 48;
const theme = createTheme({ colors: { mode: 'dark' } });

function Chart({ panel, data, width, height, from, to }) {
  const custom = panel.fieldConfig.defaults.custom ?? {};
  for (const field of data.flatMap((frame) => frame.fields)) field.config.custom = { ...custom, ...field.config.custom };
  const [start, end] = [dateTime(from * 1000), dateTime(to * 1000)];
  const range = { from: start, to: end, raw: { from: start, to: end } };
  return <TimeSeries frames={data} width={width} height={height} timeRange={range} timeZone="utc" legend={{ calcs: [], ...panel.options.legend }} options={{}} />;
}

function Numbers({ panel, data, width, height }) {
  const values = getFieldDisplayValues({ data, reduceOptions: panel.options.reduceOptions, fieldConfig: panel.fieldConfig, replaceVariables: (text) => text, theme, sparkline: false, timeZone: 'utc' });
  const isStat = panel.type === 'stat';
  const one = (value, w, h) =>
    isStat ? (
      <BigValue theme={theme} value={value.display} width={w} height={h} colorMode={panel.options.colorMode} graphMode="none" justifyMode="auto" textMode={values.length > 1 ? 'auto' : 'value'} count={values.length} />
    ) : (
      <BarGauge theme={theme} value={value.display} field={value.field} width={w} height={h} orientation="horizontal" displayMode={panel.options.displayMode} display={value.view?.getFieldDisplayProcessor(value.colIndex)} itemSpacing={8} lcdCellWidth={10} valueDisplayMode="color" />
    );
  return <VizRepeater source={data} getValues={() => values} renderValue={(slot) => one(slot.value, slot.width, slot.height)} width={width} height={height} orientation={isStat ? 'vertical' : 'horizontal'} itemSpacing={8} renderCounter={0} autoGrid={true} getAlignmentFactors={() => ({ title: 'clarifying_question', text: '100.0' })} minVizHeight={16} minVizWidth={8} />;
}

function Body(properties) {
  const { panel, data, problem, width, height } = properties;
  if (problem) return <pre className="problem">{problem}</pre>;
  if (!data.length) return <div className="problem">{panel.fieldConfig.defaults.noValue}</div>;
  if (panel.type === 'timeseries') return <Chart {...properties} />;
  if (panel.type === 'table') return <Table data={data[0]} width={width} height={height} />;
  if (panel.type === 'stat' || panel.type === 'bargauge') return <Numbers {...properties} />;
  return <div className="problem">no renderer for {panel.type}</div>;
}

function place({ gridPos }) {
  const column = (innerWidth - 2 * GAP) / 24;
  return { position: 'absolute', left: GAP + gridPos.x * column, top: TOP + gridPos.y * (UNIT + GAP), width: gridPos.w * column - GAP, height: gridPos.h * (UNIT + GAP) - GAP };
}

// How many pixels of a chart have a colour of their own: grid and text are grey.
window.coloured = (id) => {
  const canvas = document.querySelector(`[data-panel="${id}"] canvas`);
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b, alpha] = data.slice(i, i + 4);
    if (alpha > 60 && Math.max(r, g, b) - Math.min(r, g, b) > 60) count += 1;
  }
  return count;
};

function Panel({ panel, ...rest }) {
  const style = place(panel);
  if (panel.type === 'row') return <div style={{ ...style, fontWeight: 500, fontSize: 16, lineHeight: '30px' }}>▾ {panel.title}</div>;
  return (
    <div style={style} data-panel={panel.id}>
      <PanelChrome title={panel.title} width={style.width} height={style.height} description={panel.description}>
        {(width, height) => <Body panel={panel} width={width} height={height} {...rest} />}
      </PanelChrome>
    </div>
  );
}

async function main() {
  const given = new URLSearchParams(location.search);
  const dashboard = await (await fetch(given.get('dashboard'))).json();
  const [base, from, to] = [given.get('prometheus'), Number(given.get('from')), Number(given.get('to'))];
  const variables = Object.fromEntries([...given].filter(([name]) => name.startsWith('$')).map(([name, value]) => [name.slice(1), value]));
  const cells = await Promise.all(
    dashboard.panels.map(async (panel) => {
      let data = [];
      let problem;
      if (panel.type !== 'row') {
        try {
          data = await frames(panel, base, variables, from, to, theme);
        } catch (error) {
          problem = String(error.stack);
        }
      }
      return <Panel key={panel.id} panel={panel} data={data} problem={problem} from={from} to={to} />;
    })
  );
  const bottom = Math.max(...dashboard.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  document.body.style.cssText = `background: ${theme.colors.background.canvas}; overflow: hidden; height: ${TOP + bottom * (UNIT + GAP)}px`;
  createRoot(document.getElementById('root')).render(
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div style={{ position: 'absolute', left: 12, top: 12, fontSize: 18 }}>{dashboard.title}</div>
      {cells}
    </ThemeContext.Provider>
  );
  // Charts measure themselves after the first frame.
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  for (let count = 0; count < 30; count += 1) await frame();
  document.title = 'READY';
}

main().catch((error) => {
  document.body.innerText = String(error.stack);
  document.title = 'FAILED';
});
