export const greeting = () => "hello";
