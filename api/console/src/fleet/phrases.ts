/** Texts around the fleet's pages. */
export const words = {
  pages: {
    overview: "Overview",
    thresholds: "Thresholds",
    samples: "Samples",
    config: "Config",
    rollouts: "Roll-outs",
    replay: "Replay",
    releases: "Releases",
    reach: "Reach",
    people: "People",
  },
  navigation: "Fleet",
  notForYou: "The fleet is for operators",
  notForYouAbout: "Ask your site's administrator if you need it.",
};
