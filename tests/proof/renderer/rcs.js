// The package's default export is lost between its .mjs and CommonJS forms.
const scrollbars = require('./node_modules/react-custom-scrollbars-2/lib/index.js');
export default scrollbars.default;
