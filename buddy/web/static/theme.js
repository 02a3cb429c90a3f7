/* Before anything is painted: "as the system" follows the system, and keeps following it. */
"use strict";

{
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    if ("themeOfSystem" in root.dataset) root.dataset.bsTheme = dark.matches ? "dark" : "light";
  };
  dark.addEventListener("change", follow);
  follow();
}
