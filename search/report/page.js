"use strict";
(() => {
  const dark = JSON.parse(document.getElementById("dark").textContent);
  const isDark = matchMedia("(prefers-color-scheme: dark)");
  const isPrint = matchMedia("print");
  const config = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["lasso2d", "select2d"] };
  const plots = [...document.querySelectorAll(".plot")].map((element) => {
    const source = element.querySelector("script");
    const figure = JSON.parse(source.textContent);
    source.remove();
    return { element, figure };
  });

  const recolor = (value) => {
    if (typeof value === "string") return dark[value] ?? value;
    if (Array.isArray(value)) return value.map(recolor);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, recolor(item)]));
    }
    return value;
  };

  const draw = (light) => {
    if (light) document.documentElement.dataset.scheme = "light";
    else delete document.documentElement.dataset.scheme;
    const adapt = isDark.matches && !light ? recolor : (value) => value;
    for (const { element, figure } of plots) {
      const { data, layout } = adapt(structuredClone(figure));
      // A page cuts off what is wider: 680 px fit on A4 and on Letter, beside each other half of it.
      if (light) layout.width = element.closest(".many") ? 330 : 680;
      Plotly.react(element, data, layout, config);
    }
  };

  draw(isPrint.matches);
  isDark.addEventListener("change", () => draw(isPrint.matches));
  isPrint.addEventListener("change", () => draw(isPrint.matches));
  // A browser measures the page for its paper right after this event.
  addEventListener("beforeprint", () => draw(true));
  addEventListener("afterprint", () => draw(false));
})();
