var app = WebApplication.Create(args);
app.MapGet("/", () => "Orders");
app.Run();
