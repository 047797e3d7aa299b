using Grpc.Core;

namespace Scheduler.Tests.Unit.Grpc;

public sealed class MetadataTests
{
    [Theory]
    [InlineData("x text")]
    [InlineData("ü")]
    [InlineData("")]
    [InlineData("a:b")]
    public void Refuses_a_key_that_is_no_header_name(string key) => Assert.Throws<ArgumentException>(() => new Metadata.Entry(key, "value"));

    [Fact]
    public void Refuses_text_under_a_binary_key_and_bytes_under_another()
    {
        Assert.Throws<ArgumentException>(static () => new Metadata.Entry("x-bin", "text"));
        Assert.Throws<ArgumentException>(static () => new Metadata.Entry("x", [1]));
    }

    [Fact]
    public void Finds_the_last_entry_of_a_key_in_any_case()
    {
        var metadata = new Metadata { { "X-Text", "one" }, { "x-text", "two" } };
        Assert.Equal("two", metadata.GetValue("X-TEXT"));
        Assert.Equal(["one", "two"], metadata.GetAll("x-text").Select(static entry => entry.Value));
        Assert.Null(metadata.GetValue("x-other"));
    }

    [Fact]
    public void Empty_cannot_be_changed() => Assert.Throws<InvalidOperationException>(static () => Metadata.Empty.Add("x", "y"));
}
