using Scheduler.Rep.Runtime;

namespace Scheduler.Tests.Unit.Rep.Runtime;

public class ProcessStartExceptionTests
{
    /// <summary>runc's message, and how the rep classifies it.</summary>
    [Theory]
    [InlineData("exec failed: unable to start container process: exec: \"nope\": executable file not found in $PATH", true)]
    [InlineData("exec failed: unable to start container process: exec: \"/bin/nope\": stat /bin/nope: no such file or directory", true)]
    [InlineData("exec failed: unable to start container process: exec: \"/etc\": is a directory", true)]
    [InlineData("exec failed: unable to start container process: exec: \"/etc/passwd\": permission denied", true)]
    [InlineData(
        "exec failed: unable to start container process: chdir to cwd (\"/nope\") set in config.json failed: no such file or directory",
        true
    )]
    [InlineData("exec failed: unable to start container process: exec /bin/x: exec format error", true)]
    [InlineData("user 'nobody' is not in the container's /etc/passwd", true)]
    [InlineData("exec failed: unable to start container process: read init-p: connection reset by peer", false)]
    [InlineData("exec failed: unable to start container process: fork/exec /proc/self/exe: resource temporarily unavailable", false)]
    [InlineData("exec failed: unable to start container process: can't copy bootstrap data to pipe: write init-p: broken pipe", false)]
    [InlineData("mkdir /run/user: no space left on device", false)]
    public void Tells_what_passes_from_what_does_not(string said, bool permanent) =>
        Assert.Equal(permanent, new ProcessStartException(said).IsPermanent);
}
