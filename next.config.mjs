/** @type {import("next").NextConfig} */
export default {
  poweredByHeader: false,
  reactStrictMode: true,
  // Keeps `next dev` from writing files of its own.
  agentRules: false,
  devIndicators: false,
  // `npm run check` looks at the types of everything; a set-up on a user's machine need not.
  typescript: { ignoreBuildErrors: true },
};
