/** The theme of the site: that of VitePress, with the versions next to its navigation. */
import { h } from "vue";
import DefaultTheme from "vitepress/theme";
import { Versions } from "./versions.js";

const Layout = () =>
  h(DefaultTheme.Layout, null, {
    "nav-bar-content-after": () => h(Versions),
    "nav-screen-content-after": () => h(Versions),
  });

export default { extends: DefaultTheme, Layout };
