import base from './playwright.config.ts';
export default { ...base, globalSetup: undefined, reporter: [['line']], outputDir: '/tmp/try/ui/results', use: { ...base.use, baseURL: 'http://127.0.0.1:27901' } };
