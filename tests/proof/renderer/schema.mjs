// Validates dashboards against the schemas that Grafana 11 and 12 publish as types.
// Usage: node schema.mjs FILE…   Prints one line for each mistake; status 1 if there are any.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv';
import { createGenerator } from 'ts-json-schema-generator';

const TYPES = {
  schema11: 'dist/esm/raw/dashboard/x/dashboard_types.gen.d.ts',
  schema12: 'dist/types/raw/dashboard/x/types.gen.d.ts',
};

function validator(name) {
  const path = fileURLToPath(new URL(`node_modules/${name}/${TYPES[name]}`, import.meta.url));
  const schema = createGenerator({ path, type: 'Dashboard', skipTypeCheck: true }).createSchema('Dashboard');
  return new Ajv({ allErrors: true, strict: false }).compile(schema);
}

// The raw schema knows targets of Grafana's own data source only; its veneer says DataQuery.
function dashboard(file) {
  const found = JSON.parse(readFileSync(file, 'utf8'));
  for (const annotation of found.annotations.list) delete annotation.target;
  return found;
}

let mistakes = 0;
for (const name of Object.keys(TYPES)) {
  const validate = validator(name);
  for (const file of process.argv.slice(2)) {
    if (validate(dashboard(file))) continue;
    for (const error of validate.errors) {
      mistakes += 1;
      console.log(`${name} ${file} ${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
    }
  }
}
process.exit(mistakes ? 1 : 0);
