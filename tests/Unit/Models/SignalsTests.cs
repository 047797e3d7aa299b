using Scheduler.Models;

namespace Scheduler.Tests.Unit.Models;

public sealed class SignalsTests
{
    [Theory]
    [InlineData("SIGTERM", 15)]
    [InlineData("QUIT", 3)]
    [InlineData("sigwinch", 28)]
    [InlineData("9", 9)]
    [InlineData("64", 64)]
    [InlineData("SIGRTMIN", 34)]
    [InlineData("SIGRTMIN+3", 37)]
    [InlineData("RTMAX-1", 63)]
    public void Reads_what_images_say(string text, int number) => Assert.Equal(number, Signals.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("SIG")]
    [InlineData("SIGNAL")]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("-9")]
    [InlineData("SIGRTMIN+31")]
    [InlineData("SIGRTMIN-1")]
    public void Takes_nothing_else_for_a_signal(string text) => Assert.Null(Signals.Parse(text));
}
