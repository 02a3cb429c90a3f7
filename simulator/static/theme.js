"use strict";
/* Light or dark as the system has it, before the page is painted and whenever the system changes its mind. */
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => { document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light"; };
follow();
dark.addEventListener("change", follow);
