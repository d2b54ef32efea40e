/** @type {import("next").NextConfig} */
export default {
  poweredByHeader: false,
  reactStrictMode: true,
  // Keeps `next dev` from writing files of its own.
  agentRules: false,
  devIndicators: false,
  // The server beside Next compresses nothing that streams; pages and scripts are worth it.
  compress: true,
};
