using System.ComponentModel;
using Microsoft.Win32.SafeHandles;
using Scheduler.Rep.Images.Tar;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Images;

/// <summary>
/// Sets owner, mode, extended attributes and time of a layer's files. The owner comes first, because changing it clears the set-user-id
/// bits and capabilities.
/// </summary>
internal static class LayerAttributes
{
    private const int NotSupported = 95;
    private const string Capability = "security.capability",
        UserPrefix = "user.";

    public static void SetOwner(OpenDirectory parent, ReadOnlySpan<byte> name, TarEntry entry) =>
        parent.ChangeOwner(name, (uint)entry.User, (uint)entry.Group);

    public static void SetTime(OpenDirectory parent, ReadOnlySpan<byte> name, TarTime time) =>
        parent.SetModified(name, time.Seconds, time.Nanoseconds);

    public static void SetFile(SafeFileHandle file, TarEntry entry)
    {
        OpenDirectory.ChangeMode(file, (uint)entry.Mode);
        foreach (var (name, value) in Kept(entry))
            Set(name, () => OpenDirectory.SetAttribute(file, name, value));
    }

    public static void SetDirectory(OpenDirectory directory, TarEntry entry)
    {
        directory.ChangeMode((uint)entry.Mode);
        foreach (var (name, value) in Kept(entry))
            Set(name, () => directory.SetAttribute(name, value));
    }

    /// <summary>
    /// Allows file capabilities and user attributes only: "trusted.overlay." would make the kernel show other files than the layer has, and
    /// labels and signatures of the machine that built the image mean nothing on this one.
    /// </summary>
    private static IEnumerable<KeyValuePair<string, byte[]>> Kept(TarEntry entry) =>
        entry.Attributes.Where(attribute => attribute.Key == Capability || attribute.Key.StartsWith(UserPrefix, StringComparison.Ordinal));

    private static void Set(string name, Action set)
    {
        try
        {
            set();
        }
        catch (Win32Exception failure) when (failure.NativeErrorCode == NotSupported && name != Capability)
        {
            // Without user attributes the image still runs; without its capabilities a program would not work.
        }
    }
}
