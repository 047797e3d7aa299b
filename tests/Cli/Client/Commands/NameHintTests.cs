using Scheduler.Client;

namespace Scheduler.Tests.Cli.Client.Commands;

public class NameHintTests
{
    [Theory]
    [InlineData("nope", "node", "node")]
    [InlineData("wbe", "web", "web")]
    [InlineData("Web", "web", "web")]
    [InlineData("we", "web", null)]
    [InlineData("a1", "b1", null)]
    [InlineData("a1", "A1", "A1")]
    [InlineData("x", "y", null)]
    [InlineData("web", "api", null)]
    [InlineData("nope", "home", null)]
    [InlineData("cel-1", "cell-1", "cell-1")]
    [InlineData("forntend", "frontend", "frontend")]
    [InlineData("front", "frontend-blue", "frontend-blue")]
    [InlineData("front", "frontend-blue frontend-green", null)]
    [InlineData("fr", "frontend", null)]
    [InlineData("migrate", "rotate", null)]
    [InlineData("web-v2", "web-v3 web", "web-v3")]
    [InlineData("anything", "", null)]
    [InlineData("", "web", null)]
    public void A_name_is_meant_if_it_is_nearly_that(string word, string names, string? meant) =>
        Assert.Equal(
            meant is null ? "" : $"; did you mean {meant}?",
            Spelling.NameHint(word, names.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        );
}
