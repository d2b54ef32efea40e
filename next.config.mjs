/** @type {import("next").NextConfig} */
export default {
  poweredByHeader: false,
  reactStrictMode: true,
  // Keeps `next dev` from writing files of its own.
  agentRules: false,
  devIndicators: false,
  // No page has a picture to be made smaller: nobody is to have that done by the server.
  images: { unoptimized: true },
  // `npm run check` looks at the types of everything; a set-up on a user's machine need not.
  typescript: { ignoreBuildErrors: true },
};
