using System.Text;

namespace Scheduler.Rep.Runtime;

/// <summary>Who asks an image's registry. Never shown: the text form has the name only.</summary>
public sealed record RegistryCredentials(string User, string Password)
{
    internal string Basic => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"));

    public override string ToString() => User;
}
