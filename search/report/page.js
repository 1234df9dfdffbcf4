"use strict";
(() => {
  const dark = JSON.parse(document.getElementById("dark").textContent);
  const isDark = matchMedia("(prefers-color-scheme: dark)");
  const onPaper = matchMedia("print");
  const config = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["lasso2d", "select2d"] };
  const plots = [...document.querySelectorAll(".plot")].map((place) => {
    const source = place.querySelector("script");
    const figure = JSON.parse(source.textContent);
    source.remove();
    return { place, figure };
  });

  const recoloured = (value) => {
    if (typeof value === "string") return dark[value] ?? value;
    if (Array.isArray(value)) return value.map(recoloured);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, recoloured(each)]));
    }
    return value;
  };

  const draw = (light) => {
    if (light) document.documentElement.dataset.scheme = "light";
    else delete document.documentElement.dataset.scheme;
    const change = isDark.matches && !light ? recoloured : (value) => value;
    for (const { place, figure } of plots) {
      const { data, layout } = change(structuredClone(figure));
      Plotly.react(place, data, layout, config);
    }
  };

  draw(onPaper.matches);
  isDark.addEventListener("change", () => draw(onPaper.matches));
  onPaper.addEventListener("change", () => draw(onPaper.matches));
})();
