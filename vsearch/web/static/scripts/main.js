import { html, render } from "../vendor/htm/preact-standalone.js";
import { App } from "./components/app.js";
import { createPage } from "./page.js";

const page = createPage();
render(html`<${App} page=${page} />`, document.getElementById("page"));
page.start();
